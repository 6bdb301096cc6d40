using BenchmarkDotNet.Running;
using Emend.Benchmarks;

// serve: runs workloads on request, for ../compare. Anything else goes to BenchmarkDotNet (--filter '*', --list flat, …).
if (args is ["serve"])
    Server.Run(Console.In, Console.Out);
else
    BenchmarkSwitcher.FromAssembly(typeof(Server).Assembly).Run(args);
