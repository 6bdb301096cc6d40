using BenchmarkDotNet.Running;
using Emend.Benchmarks;

// serve: runs workloads on request, for ../compare. streams [ROUNDS]: the server under one and under 16 streams, for ../serve. Anything else goes to BenchmarkDotNet (--filter '*', --list flat, …).
if (args is ["serve"])
    Server.Run(Console.In, Console.Out);
else if (args is ["streams", .. var rounds])
    await Streams.Run(rounds is [var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 3);
else
    BenchmarkSwitcher.FromAssembly(typeof(Server).Assembly).Run(args);
