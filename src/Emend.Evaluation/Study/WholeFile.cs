using System.Text;

namespace Emend.Evaluation;

/// <summary>Files that are there completely or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes UTF-8 without a byte order mark to a name beside the target, then renames it over the target.</summary>
    public static void Write(string path, string text)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string unfinished = full + ".part";
        File.WriteAllText(unfinished, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(unfinished, full, overwrite: true);
    }
}
