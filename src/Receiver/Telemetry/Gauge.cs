namespace Receiver.Telemetry;

/// <summary>A value that goes up and down.</summary>
public sealed class Gauge : MetricFamily<Gauge.Child>
{
    internal Gauge(string name, string help, string[] labelNames)
        : base(name, help, labelNames)
    {
        if (labelNames.Length == 0) _ = Unlabelled;
    }

    /// <inheritdoc/>
    public override MetricKind Kind => MetricKind.Gauge;

    /// <summary>Value of the only series of a family without labels.</summary>
    public double Value => Unlabelled.Value;

    /// <summary>Sets the only series of a family without labels.</summary>
    public void Set(double value) => Unlabelled.Set(value);

    /// <summary>Adds to the only series of a family without labels.</summary>
    public void Inc(double amount = 1) => Unlabelled.Inc(amount);

    /// <summary>Subtracts from the only series of a family without labels.</summary>
    public void Dec(double amount = 1) => Unlabelled.Dec(amount);

    private protected override Child CreateChild() => new();

    private protected override void WriteChild(MetricWriter writer, byte[] labels, Child child) =>
        writer.WriteValue(this.Name, this.Help, Kind, labels, child.Value);

    /// <summary>One series. All members are safe for every thread, never wait and allocate nothing.</summary>
    public sealed class Child
    {
        private double _value;

        internal Child()
        {
        }

        /// <summary>The value now.</summary>
        public double Value => Volatile.Read(ref _value);

        /// <summary>Replaces the value.</summary>
        public void Set(double value) => Volatile.Write(ref _value, value);

        /// <summary>Adds.</summary>
        public void Inc(double amount = 1) => AtomicDouble.Add(ref _value, amount);

        /// <summary>Subtracts.</summary>
        public void Dec(double amount = 1) => AtomicDouble.Add(ref _value, -amount);
    }
}
