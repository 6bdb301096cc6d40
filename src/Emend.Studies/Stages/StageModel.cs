using Emend.Models;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>The model that a stage starts from, with the tokenizer and the way its texts are encoded.</summary>
internal sealed record StageModel(LanguageModel Model, TextEncoder Encoder) : IDisposable
{
    /// <exception cref="InvalidInputException">There is no such folder, or it is not a model with a tokenizer.</exception>
    public static StageModel Load(ModelSection section, TextSection text)
    {
        RequireFolder(section.Folder, "model.folder", "--model DIR");
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(section.Folder, section.Tokenizer));
        LanguageModel model = LanguageModel.Load(section.Folder, Compute(section), DeviceOf(section));
        try
        {
            return new StageModel(model, TextEncoder.Create(text, tokenizer, model, section.Folder));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Leaves in a run's folder what belongs to the trained model beside its weights.</summary>
    public void SaveTexts(string folder) => Encoder.Save(folder, Model.Config);

    public static void RequireFolder(string folder, string key, string option)
    {
        if (folder.Length == 0)
            throw new InvalidInputException($"{key}: the recipe names no folder; give {option}");
        if (!Directory.Exists(folder))
            throw new InvalidInputException($"{key}: {folder}: there is no such folder");
    }

    public static DType Compute(ModelSection section) => section.Dtype switch
    {
        ComputeType.Float32 => DType.Float32,
        ComputeType.Bfloat16 => DType.BFloat16,
        _ => section.Device == "cpu" && NativeEnvironment.HasAmx ? DType.BFloat16 : DType.Float32,
    };

    public static Device DeviceOf(ModelSection section)
    {
        if (section.Device == "cpu")
            return Device.Cpu;
        if (!Torch.HasCuda)
            throw new InvalidInputException($"model.device: {section.Device}: this libtorch has no GPU to offer; set LIBTORCH to a CUDA build, or take cpu");
        return Device.Cuda(section.Device == "cuda" ? 0 : int.Parse(section.Device.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture));
    }

    public void Dispose() => Model.Dispose();
}
