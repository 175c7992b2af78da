-- Timers for a game loop.
local socket = require("socket")

local Timer = {}
Timer.__index = Timer

local DEFAULT_INTERVAL = 0.5

--- Creates a timer.
-- @param interval seconds between ticks
function Timer.new(interval)
    return setmetatable({ interval = interval or DEFAULT_INTERVAL }, Timer)
end

function Timer:tick(now)
    -- the first call only starts the clock
    if self.last and now - self.last < self.interval then return false end
    self.last = now
    return true
end

local function sleep(seconds)
    socket.sleep(seconds)
end

Timer.stop = function(self)
    self.last = nil
end

local handlers = {
    on_start = function() print("start") end,
}

return Timer
