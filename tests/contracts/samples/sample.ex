defmodule Shop.Order do
  @moduledoc "Orders."
  use GenServer
  @limit 10
  defstruct [:id, total: 0]

  @doc """
  The price.
  """
  @spec price(t) :: integer
  def price(%{total: t}) when t > 0, do: t
  def price(_), do: 0
  defp secret(x) do
    x
  end
  defmacro twice(x) do
    x
  end
  defguard is_even(x) when rem(x, 2) == 0
  defdelegate size(x), to: Map
  @type t :: %__MODULE__{}
  def noargs, do: 1
end
defprotocol Priced do
  def price(x)
end
defimpl Priced, for: Shop.Order do
  def price(x), do: x
end
