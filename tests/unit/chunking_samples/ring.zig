//! A ring buffer.
const std = @import("std");
const Allocator = std.mem.Allocator;

pub const default_capacity: usize = 64;

/// Keeps the newest bytes.
pub const Ring = struct {
    data: []u8,
    head: usize = 0,

    /// Allocates the buffer.
    pub fn init(allocator: Allocator, capacity: usize) !Ring {
        return Ring{ .data = try allocator.alloc(u8, capacity) };
    }

    pub fn push(self: *Ring, byte: u8) void {
        self.data[self.head] = byte;
        self.head = next(self.head, self.data.len);
    }
};

const Mode = enum { fast, slow };

fn next(index: usize, length: usize) usize {
    return (index + 1) % length;
}

test "push moves the head" {
    var ring = try Ring.init(std.testing.allocator, 4);
    ring.push(1);
    try std.testing.expect(ring.head == 1);
}
