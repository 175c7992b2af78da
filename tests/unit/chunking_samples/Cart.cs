using System;
using System.Collections.Generic;

namespace Shop.Orders
{
    /// <summary>What a customer is about to buy.</summary>
    [Serializable]
    public class Cart : ICart
    {
        private readonly List<Item> _items = new List<Item>();

        public static readonly Dictionary<string, decimal> Discounts = new Dictionary<string, decimal>
        {
            { "SUMMER", 0.10m }, { "WINTER", 0.20m }, { "SPRING", 0.05m },
        };

        public Cart(Customer customer)
        {
            Customer = customer;
        }

        public Customer Customer { get; }

        /// <summary>Adds an item.</summary>
        /// <param name="item">What to add.</param>
        [Obsolete("use AddItem")]
        public void Add(Item item)
        {
            _items.Add(item);
        }

        public decimal Total
        {
            get
            {
                var total = 0m;
                foreach (var item in _items) { total += item.Price * item.Quantity; }
                return Math.Round(total, 2);
            }
        }

        public override string ToString() => $"Cart of {Customer}";
    }

    public interface ICart { void Add(Item item); }

    public enum Status { Open, Closed }

    public record Item(string Name, decimal Price, int Quantity);

    public struct Money
    {
        public decimal Amount;
        public static Money operator +(Money a, Money b) => new Money { Amount = a.Amount + b.Amount };
    }
}
