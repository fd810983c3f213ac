using System.Security.Cryptography;
using System.Text;
using Tsdb.Memory;

namespace Tsdb.Tests.Crashes;

/// <summary>What survives a crash, of what was not flushed.</summary>
internal enum Survives
{
    /// <summary>Everything: the process was killed, the system goes on.</summary>
    Everything,

    /// <summary>Nothing: neither bytes nor names.</summary>
    Nothing,

    /// <summary>Names, but no bytes: files are there as long as they were at their last flush.</summary>
    Names,

    /// <summary>Bytes, but no names: new files are gone, deleted ones are back.</summary>
    Bytes,

    /// <summary>Names and lengths: what was not flushed reads as zeros.</summary>
    Lengths,
}

/// <summary>A disk as the steps of a journal leave it, with what of it is durable.</summary>
internal sealed class DiskModel
{
    private readonly Node _root = new();
    private readonly Dictionary<int, Node> _files = [];

    /// <summary>A disk with the content of a real directory, all of it durable.</summary>
    public static DiskModel Of(string directory)
    {
        var model = new DiskModel();
        Read(directory, model._root);
        return model;
    }

    /// <summary>The same disk again; files that are open on this one are not open on the other.</summary>
    public DiskModel Copy()
    {
        var copy = new DiskModel();
        var copies = new Dictionary<Node, Node> { [_root] = copy._root };
        copy._root.Take(_root, copies);
        return copy;
    }

    /// <summary>Makes the next step; <paramref name="bytesMax"/> cuts a write short.</summary>
    public void Apply(DiskOperation operation, int bytesMax = int.MaxValue)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.CreateFile or DiskOperationKind.OverwriteFile:
                var (parent, name) = Locate(operation.Path);
                if (!parent.Names.TryGetValue(name, out var node)) parent.Names[name] = node = new Node();
                node.Content = [];
                _files[operation.File] = node;
                break;
            case DiskOperationKind.Write:
                var file = _files[operation.File];
                var bytes = operation.Bytes.AsSpan(0, Math.Min(bytesMax, operation.Bytes!.Length));
                var end = (int)operation.Offset + bytes.Length;
                if (file.Content.Length < end) Array.Resize(ref file.Content, end);
                bytes.CopyTo(file.Content.AsSpan((int)operation.Offset));
                break;
            case DiskOperationKind.SetLength:
                Array.Resize(ref _files[operation.File].Content, (int)operation.Offset);
                break;
            case DiskOperationKind.SyncFile:
                _files[operation.File].DurableContent = [.. _files[operation.File].Content];
                break;
            case DiskOperationKind.SyncPath:
                var synced = Find(operation.Path);
                synced.DurableContent = [.. synced.Content];
                break;
            default:
                ApplyToNames(operation);
                break;
        }
    }

    /// <summary>Identifies what a crash would leave.</summary>
    public string Signature(Survives survives)
    {
        using var bytes = new ByteBuffer();
        Sign(_root, survives, bytes);
        return Convert.ToHexString(SHA256.HashData(bytes.Written));
    }

    /// <summary>Writes what a crash would leave to a real directory.</summary>
    public void Save(Survives survives, string directory) => Save(_root, survives, directory);

    private static void Read(string directory, Node into)
    {
        foreach (var path in Directory.GetFiles(directory))
        {
            var content = File.ReadAllBytes(path);
            into.Names[Path.GetFileName(path)] = new Node { Content = content, DurableContent = [.. content] };
        }
        foreach (var path in Directory.GetDirectories(directory))
        {
            var node = new Node();
            Read(path, node);
            into.Names[Path.GetFileName(path)] = node;
        }
        into.DurableNames = new Dictionary<string, Node>(into.Names);
    }

    private void ApplyToNames(DiskOperation operation)
    {
        if (operation.Kind == DiskOperationKind.SyncDirectory)
        {
            var directory = Find(operation.Path);
            directory.DurableNames = new Dictionary<string, Node>(directory.Names);
            return;
        }
        var (parent, name) = Locate(operation.Path);
        switch (operation.Kind)
        {
            case DiskOperationKind.CreateDirectory:
                parent.Names[name] = new Node();
                break;
            case DiskOperationKind.DeleteFile or DiskOperationKind.DeleteDirectory:
                parent.Names.Remove(name);
                break;
            case DiskOperationKind.Rename:
                var (target, newName) = Locate(operation.Other);
                target.Names[newName] = parent.Names[name];
                parent.Names.Remove(name);
                break;
            case DiskOperationKind.Link:
                var (other, added) = Locate(operation.Other);
                other.Names[added] = parent.Names[name];
                break;
            default:
                throw new InvalidOperationException(operation.ToString());
        }
    }

    private (Node Parent, string Name) Locate(string path) =>
        (Find(Path.GetDirectoryName(path)!), Path.GetFileName(path));

    private Node Find(string path)
    {
        var node = _root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name != ".") node = node.Names[name];
        }
        return node;
    }

    private static void Sign(Node node, Survives survives, ByteBuffer into)
    {
        var names = node.NamesAfter(survives);
        foreach (var name in new SortedSet<string>(names.Keys, StringComparer.Ordinal))
        {
            into.WriteString(Encoding.UTF8.GetBytes(name));
            var child = names[name];
            into.WriteUInt32(Crc32C.Compute(child.ContentAfter(survives)));
            into.WriteUInt32((uint)child.ContentAfter(survives).Length);
            Sign(child, survives, into);
        }
        into.WriteByte(0);
    }

    private static void Save(Node node, Survives survives, string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var (name, child) in node.NamesAfter(survives))
        {
            var path = Path.Combine(directory, name);
            if (child.IsDirectory) Save(child, survives, path);
            else File.WriteAllBytes(path, child.ContentAfter(survives));
        }
    }

    /// <summary>A file or a directory; a node that never got content is a directory.</summary>
    private sealed class Node
    {
        public byte[] Content = null!;

        public byte[] DurableContent { get; set; } = [];

        public Dictionary<string, Node> Names { get; } = [];

        public Dictionary<string, Node> DurableNames { get; set; } = [];

        public bool IsDirectory => Content is null;

        public void Take(Node other, Dictionary<Node, Node> copies)
        {
            Content = other.Content is null ? null! : [.. other.Content];
            DurableContent = [.. other.DurableContent];
            foreach (var (name, child) in other.Names) Names[name] = CopyOf(child, copies);
            foreach (var (name, child) in other.DurableNames) DurableNames[name] = CopyOf(child, copies);
        }

        private static Node CopyOf(Node node, Dictionary<Node, Node> copies)
        {
            if (copies.TryGetValue(node, out var copy)) return copy;
            copies[node] = copy = new Node();
            copy.Take(node, copies);
            return copy;
        }

        public Dictionary<string, Node> NamesAfter(Survives survives) =>
            survives is Survives.Nothing or Survives.Bytes ? DurableNames : Names;

        public byte[] ContentAfter(Survives survives)
        {
            if (IsDirectory) return [];
            if (survives is Survives.Everything or Survives.Bytes) return Content;
            if (survives is not Survives.Lengths) return DurableContent;
            var padded = DurableContent;
            Array.Resize(ref padded, Content.Length);
            return padded;
        }
    }
}
