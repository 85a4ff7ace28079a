using System;
using System.Collections.Generic;

namespace Shop.Orders;

public enum State { Open, Paid }

public interface IPrice
{
    decimal Of(string item);
}

/// <summary>An order.</summary>
[Serializable]
public class Order : IDisposable
{
    private readonly List<string> _items = new();

    public State State { get; private set; }

    public Order(string first)
    {
        _items.Add(first);
    }

    public int Count() => _items.Count;

    public void Dispose()
    {
        _items.Clear();
    }
}

public record Money(decimal Amount, string Currency);

public struct Range
{
    public int Start;
}
