using Xunit;

namespace Emend.UnitTests.Tensors;

/// <summary>Tests that count the live tensors of the process: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class LiveTensors
{
    public const string Name = "live tensors";
}
