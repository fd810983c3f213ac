namespace CrashWriter;

/// <summary>What the first words of the program's lines mean; the others are a series and numbers.</summary>
public static class Lines
{
    /// <summary>A sample: series, time.</summary>
    public const string Sample = "sample";

    /// <summary>A sample that came out of order: series, time.</summary>
    public const string Late = "late";

    /// <summary>An exemplar: series, time.</summary>
    public const string Exemplar = "exemplar";

    /// <summary>Metadata: series, number in its help text.</summary>
    public const string Metadata = "metadata";

    /// <summary>A deletion begins, and may have happened from now on: series, first time, last time.</summary>
    public const string Deleting = "deleting";

    /// <summary>A deletion has happened: series, first time, last time.</summary>
    public const string Deleted = "deleted";
}
