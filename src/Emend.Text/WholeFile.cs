namespace Emend.Text;

/// <summary>Files that are there completely or not at all.</summary>
public static class WholeFile
{
    /// <summary>Writes UTF-8 without a byte order mark to a name beside the target, then renames it over the target.</summary>
    public static void Write(string path, string text) => Write(path, new System.Text.UTF8Encoding(false, true).GetBytes(text));

    /// <summary>Writes bytes to a name beside the target, then renames it over the target. Folders that are missing are made.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string unfinished = $"{full}.{Environment.ProcessId}.part";
        try
        {
            File.WriteAllBytes(unfinished, bytes);
            File.Move(unfinished, full, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
