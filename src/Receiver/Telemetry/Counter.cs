namespace Receiver.Telemetry;

/// <summary>A count that only grows.</summary>
public sealed class Counter : MetricFamily<Counter.Child>
{
    internal Counter(string name, string help, string[] labelNames)
        : base(name, help, labelNames)
    {
        if (labelNames.Length == 0) _ = Unlabelled;
    }

    /// <inheritdoc/>
    public override MetricKind Kind => MetricKind.Counter;

    /// <summary>Value of the only series of a family without labels.</summary>
    public double Value => Unlabelled.Value;

    /// <summary>Adds to the only series of a family without labels.</summary>
    public void Inc(long amount = 1) => Unlabelled.Inc(amount);

    /// <summary>Adds a fraction to the only series of a family without labels.</summary>
    public void Inc(double amount) => Unlabelled.Inc(amount);

    private protected override Child CreateChild() => new();

    private protected override void WriteChild(MetricWriter writer, byte[] labels, Child child) =>
        writer.WriteValue(this.Name, this.Help, Kind, labels, child.Value);

    /// <summary>One series. All members are safe for every thread, never wait and allocate nothing.</summary>
    public sealed class Child
    {
        private long _whole;
        private double _fractions;

        internal Child()
        {
        }

        /// <summary>The sum of everything added.</summary>
        public double Value => Volatile.Read(ref _whole) + Volatile.Read(ref _fractions);

        /// <summary>Adds a whole amount, zero or more.</summary>
        public void Inc(long amount = 1) => Interlocked.Add(ref _whole, amount);

        /// <summary>Adds an amount, zero or more.</summary>
        public void Inc(double amount) => AtomicDouble.Add(ref _fractions, amount);
    }
}
