defmodule Shop.Cache do
  @moduledoc """
  Keeps values for a while.
  """
  use GenServer
  alias Shop.{Clock, Store}

  @timeout 5_000

  defstruct [:table, size: 0]

  @doc """
  Starts the cache.
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) do
    GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  end

  # lists are short
  def total([]), do: 0
  def total([head | tail]), do: head + total(tail)

  defp expired?(entry) when is_map(entry) do
    Clock.now() - entry.at > @timeout
  end

  defmacro cached(key, do: block) do
    quote do
      Store.fetch(unquote(key), fn -> unquote(block) end)
    end
  end

  defmodule Entry do
    defstruct [:at, :value]

    def new(value), do: %Entry{value: value}
  end
end
