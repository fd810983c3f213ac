using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Tsdb.Tests.Model;

/// <summary>A database does what its naive twin does: outcomes, samples, labels, blocks; over cuts, restarts,
/// crashes.</summary>
/// <remarks>
/// <c>MODEL_RUNS</c> is how many seeds to try (200), <c>MODEL_SEED</c> the first of them (1). A failure is shrunk and printed as
/// a list of steps; <c>MODEL_RUNS=1 MODEL_SEED=n</c> runs that one again.
/// </remarks>
public class ModelTests
{
    private const int UsualRuns = 200;

    [Fact]
    [Trait("Category", "Slow")]
    public void Database_RandomSteps_DoesWhatItsTwinDoes()
    {
        var first = Setting("MODEL_SEED", 1);
        var runs = Setting("MODEL_RUNS", UsualRuns);
        for (var seed = first; seed < first + runs; seed++) Check.One(OneCase, PropertyOf(StepGenerator.Make(seed)));
    }

    /// <summary>Seeds beyond the usual ones that found something once. 1105: a series with two references in the log lost the
    /// out-of-order chunks of the first.</summary>
    [Theory]
    [InlineData(1105)]
    public void Database_SeedThatFoundSomething_StaysFound(int seed) =>
        Check.One(OneCase, PropertyOf(StepGenerator.Make(seed, isPlain: true)));

    private static Config OneCase => Config.QuickThrowOnFailure.WithMaxTest(1);

    private static Property PropertyOf(ModelCase modelCase) =>
        Prop.ForAll(Arb.From(Gen.Constant(modelCase), StepShrinker.Smaller), static c =>
        {
            using var run = new ModelRun(c.Options);
            run.Run(c.Steps);
        });

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
