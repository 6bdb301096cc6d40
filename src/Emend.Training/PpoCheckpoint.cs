using System.Globalization;
using System.Runtime.InteropServices;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Training;

// All that a run of PPO holds between two updates: weights and AdamW moments of policy and critic, the optimizers' step counts, the
// KL coefficient and the number of the update. Random numbers need no place here: they are drawn from (seed, purpose, update).
public sealed partial class Ppo
{
    /// <summary>Updates done so far.</summary>
    public int Updates => _update;

    private IEnumerable<(string Name, Tensor Tensor)> State =>
    [
        .. Named("policy", _policy.Parameters), .. Named("critic", _actorCritic.ValueParameters),
        .. _actorCritic.Optimizers.SelectMany(entry => Named(entry.Name + "Optimizer", entry.Optimizer.State)),
    ];

    /// <summary>Writes a checkpoint as one safetensors file: the old one or the whole new one.</summary>
    public void Save(string path)
    {
        SafetensorsWriter.Write(path,
            State.Select(entry => new SafetensorsItem(entry.Name, StoredType.F32, [.. entry.Tensor.Shape], stream =>
            {
                using var scope = new TensorScope();
                stream.Write(MemoryMarshal.AsBytes<float>(entry.Tensor.To(Device.Cpu).ToArray<float>()));
            })),
            new Dictionary<string, string>(_actorCritic.Optimizers.Select(entry => KeyValuePair.Create(entry.Name + "Steps", entry.Optimizer.Steps.ToString(CultureInfo.InvariantCulture))))
            {
                ["format"] = "pt",
                ["update"] = _update.ToString(CultureInfo.InvariantCulture),
                ["klCoefficient"] = _kl.Coefficient.ToString("R", CultureInfo.InvariantCulture),
            });
    }

    /// <summary>Goes on from a checkpoint of a run with the same options, prompts and models: weights and metrics are then, bit for bit, those of the run that was not interrupted.</summary>
    /// <exception cref="InvalidInputException">The file is no checkpoint of such a policy and critic.</exception>
    public void Restore(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        (string Name, Tensor Tensor)[] state = [.. State];
        string[] problems =
        [
            .. from entry in state
               let found = file.Find(entry.Name)
               where found is null || found.Type != StoredType.F32 || !found.Shape.AsSpan().SequenceEqual(entry.Tensor.Shape)
               select $"{entry.Name}: {(found is null ? "is missing" : $"has the shape [{string.Join(", ", found.Shape)}]")}; [{string.Join(", ", entry.Tensor.Shape.ToArray())}] is needed",
        ];
        if (problems.Length > 0)
            throw InvalidInputException.ForProblems(path, problems);
        (int update, double coefficient) = ((int)Number("update"), Number("klCoefficient"));
        int[] steps = [.. _actorCritic.Optimizers.Select(entry => (int)Number(entry.Name + "Steps"))];

        using IDisposable off = Gradients.Off();
        foreach ((string name, Tensor tensor) in state)
        {
            using var scope = new TensorScope();
            tensor.CopyFrom(Tensor.FromBytes(file.Bytes(file.Find(name)!), DType.Float32, tensor.Shape));
        }
        foreach (var ((_, optimizer), taken) in _actorCritic.Optimizers.Zip(steps))
            optimizer.Steps = taken;
        _update = update;
        _kl.Restore(coefficient);

        double Number(string key) => file.Metadata.TryGetValue(key, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new InvalidInputException($"{path}: __metadata__.{key} is not a number; this is not a checkpoint of emend train ppo");
    }

    private static IEnumerable<(string, Tensor)> Named(string owner, IEnumerable<Tensor> tensors) => tensors.Select((tensor, i) => ($"{owner}.{i}", tensor));
}
