using System.Numerics;

namespace Tsdb.Wal.Zstd;

/// <summary>The code of a block's literals: the next bits of the stream look up a symbol and its length.</summary>
internal sealed class HuffmanTable
{
    private const int BitsMax = 11;
    private const int WeightLogMax = 6;
    private const int WeightMax = 12;

    private readonly FseTable _weightTable = new();
    private readonly byte[] _weights = new byte[256];
    private readonly byte[] _symbols = new byte[1 << BitsMax];
    private readonly byte[] _lengths = new byte[1 << BitsMax];

    /// <summary>Length of the longest code; 0 = no table yet.</summary>
    public int Bits { get; set; }

    /// <summary>Reads a tree's description.</summary>
    /// <returns>Bytes taken; 0 when it is damaged.</returns>
    public int Read(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        int head = input[0], taken, count;
        if (head < 128)
        {
            taken = 1 + head;
            count = head == 0 || taken > input.Length ? 0 : ReadWeights(input[1..taken]);
        }
        else
        {
            // Two weights a byte, the first one in the upper half.
            count = head - 127;
            taken = 1 + ((count + 1) / 2);
            if (taken > input.Length) return 0;
            for (var i = 0; i < count; i++) _weights[i] = (byte)((input[1 + (i / 2)] >> (i % 2 == 0 ? 4 : 0)) & 15);
        }
        return count > 0 && TryBuild(count) ? taken : 0;
    }

    /// <summary>Decodes one stream, which must fill the output and end exactly.</summary>
    public bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> output)
    {
        var bits = new BackwardBits(stream);
        if (!bits.IsValid) return false;
        for (var i = 0; i < output.Length; i++)
        {
            var index = bits.Peek(Bits);
            output[i] = _symbols[index];
            bits.Skip(_lengths[index]);
            if (bits.Left < 0) return false;
        }
        return bits.Left == 0;
    }

    /// <summary>Weights are coded by two states in turn, until a state needs bits that are not there.</summary>
    private int ReadWeights(ReadOnlySpan<byte> input)
    {
        var taken = _weightTable.Read(input, WeightLogMax, WeightMax);
        if (taken == 0) return 0;
        var bits = new BackwardBits(input[taken..]);
        if (!bits.IsValid) return 0;
        var state = bits.Read(_weightTable.Log);
        var other = bits.Read(_weightTable.Log);
        if (bits.Left < 0) return 0;
        for (var count = 0; count < _weights.Length - 2;)
        {
            ref readonly var entry = ref _weightTable[state];
            _weights[count++] = entry.Symbol;
            state = entry.Base + bits.Read(entry.Bits);
            if (bits.Left < 0)
            {
                _weights[count++] = _weightTable[other].Symbol;
                return count;
            }
            (state, other) = (other, state);
        }
        return 0;
    }

    /// <summary>The last symbol's weight is what is missing to a full code.</summary>
    private bool TryBuild(int count)
    {
        uint sum = 0;
        foreach (var weight in _weights.AsSpan(0, count))
        {
            if (weight > WeightMax) return false;
            sum += (1u << weight) >> 1;
        }
        if (sum == 0) return false;
        var bits = BitOperations.Log2(sum) + 1;
        var missing = (1u << bits) - sum;
        if (bits > BitsMax || !BitOperations.IsPow2(missing) || count >= _weights.Length) return false;
        _weights[count++] = (byte)(BitOperations.Log2(missing) + 1);
        var at = 0;
        for (var weight = 1; weight <= bits; weight++)
        {
            for (var symbol = 0; symbol < count; symbol++)
            {
                if (_weights[symbol] != weight) continue;
                var places = 1 << (weight - 1);
                _symbols.AsSpan(at, places).Fill((byte)symbol);
                _lengths.AsSpan(at, places).Fill((byte)(bits + 1 - weight));
                at += places;
            }
        }
        Bits = bits;
        return true;
    }
}
