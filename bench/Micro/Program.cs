using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Micro;
using Perfolizer.Horology;

// Short and many: on a machine shared with others the median of many short iterations is the steadiest figure.
var iterationTime = TimeInterval.FromMilliseconds(100);

// In this process: a generated project would have to satisfy this repository's build settings first.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
    .WithIterationTime(iterationTime).WithWarmupCount(5).WithIterationCount(15);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(RequestInput).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
return Allocations.Compare(summaries, Path.Combine(AppContext.BaseDirectory, "allocations.txt"), Console.Out) ? 0 : 1;
