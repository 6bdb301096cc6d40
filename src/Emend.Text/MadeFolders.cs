namespace Emend.Text;

/// <summary>The folders that were missing above a file and were made for it, so that they can go again where nothing comes of the file.</summary>
public sealed class MadeFolders
{
    private readonly List<string> _made = [];              // the deepest first

    private MadeFolders()
    {
    }

    /// <summary>Makes what is missing.</summary>
    public static MadeFolders Above(string file)
    {
        var folders = new MadeFolders();
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        for (string? folder = own; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            folders._made.Add(folder);
        Directory.CreateDirectory(own);
        return folders;
    }

    /// <summary>Removes those that hold nothing.</summary>
    public void RemoveEmpty()
    {
        foreach (string folder in _made)
        {
            if (!Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).Any())
                return;
            Directory.Delete(folder);
        }
    }
}
