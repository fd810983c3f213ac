using System.Numerics;

namespace Tsdb.Wal.Zstd;

/// <summary>A decoding table of finite state entropy: each state gives a symbol and how to come to the next state.</summary>
internal sealed class FseTable
{
    /// <summary>Largest table the format allows anywhere: 2^9 states.</summary>
    public const int LogMax = 9;

    private const int SymbolsMax = 64;

    private readonly Entry[] _entries = new Entry[1 << LogMax];

    /// <summary>Logarithm of the number of states; the bits a first state is read with.</summary>
    public int Log { get; private set; }

    /// <summary>Whether the table was built; "as before" is an error otherwise.</summary>
    public bool IsSet { get; set; }

    /// <summary>What one state means.</summary>
    public ref readonly Entry this[uint state] => ref _entries[state];

    /// <summary>A table of one state that always gives the same symbol.</summary>
    public void SetSingle(byte symbol)
    {
        (Log, IsSet) = (0, true);
        _entries[0] = new Entry(0, symbol, 0);
    }

    /// <summary>Reads a table's description.</summary>
    /// <param name="input">Bytes that begin with it.</param>
    /// <param name="logMax">Largest logarithm allowed here.</param>
    /// <param name="symbolMax">Highest symbol allowed here.</param>
    /// <returns>Bytes taken; 0 when it is damaged.</returns>
    public int Read(ReadOnlySpan<byte> input, int logMax, int symbolMax)
    {
        if (input.IsEmpty) return 0;
        Span<short> shares = stackalloc short[SymbolsMax];
        shares.Clear();
        var log = (input[0] & 15) + 5;
        if (log > logMax) return 0;
        var (at, symbol, left) = (4, 0, 1 << log);
        while (left > 0)
        {
            if (symbol > symbolMax) return 0;
            // As many bits as the largest possible value needs; the smaller half of the values does with one bit less.
            var bits = BitOperations.Log2((uint)left + 1) + 1;
            var value = Bits(input, at, bits);
            var low = value & ((1u << (bits - 1)) - 1);
            var spare = (1u << bits) - 1 - ((uint)left + 1);
            at += low < spare ? bits - 1 : bits;
            if (low < spare)
                value = low;
            else if (value >= 1u << (bits - 1))
                value -= spare;
            var share = (int)value - 1;
            left -= Math.Abs(share);
            shares[symbol++] = (short)share;
            for (var repeat = share == 0 ? 3u : 0; repeat == 3;)
            {
                repeat = Bits(input, at, 2);
                at += 2;
                symbol += (int)repeat;
                if (symbol > symbolMax + 1) return 0;
            }
        }
        var bytes = (at + 7) / 8;
        return left == 0 && bytes <= input.Length && TryBuild(shares[..symbol], log) ? bytes : 0;
    }

    /// <summary>Spreads the symbols over the states. A share of -1 means less than one: a single state at the end.</summary>
    public bool TryBuild(ReadOnlySpan<short> shares, int log)
    {
        var size = 1 << log;
        Span<ushort> next = stackalloc ushort[SymbolsMax];
        var high = size;
        for (var symbol = 0; symbol < shares.Length; symbol++)
        {
            next[symbol] = (ushort)Math.Abs(shares[symbol]);
            if (shares[symbol] < 0) _entries[--high] = new Entry(0, (byte)symbol, 0);
        }
        // This step is coprime to the size, so each state is met once.
        var (step, mask, at) = ((size >> 1) + (size >> 3) + 3, size - 1, 0);
        for (var symbol = 0; symbol < shares.Length; symbol++)
        {
            for (var i = 0; i < shares[symbol]; i++)
            {
                _entries[at] = new Entry(0, (byte)symbol, 0);
                do at = (at + step) & mask;
                while (at >= high);
            }
        }
        if (at != 0) return false;
        for (var state = 0; state < size; state++)
        {
            var symbol = _entries[state].Symbol;
            var count = next[symbol]++;
            var bits = log - BitOperations.Log2(count);
            _entries[state] = new Entry((ushort)((count << bits) - size), symbol, (byte)bits);
        }
        (Log, IsSet) = (log, true);
        return true;
    }

    // Zeros behind the end: whoever reads them finds out by the number of bytes taken.
    private static uint Bits(ReadOnlySpan<byte> input, int at, int count)
    {
        uint word = 0;
        for (var i = 2; i >= 0; i--)
        {
            var index = (at >> 3) + i;
            word = (word << 8) | (index < input.Length ? input[index] : 0u);
        }
        return (word >> (at & 7)) & ((1u << count) - 1);
    }

    /// <summary>One state.</summary>
    /// <param name="Base">The next state is this plus the bits read.</param>
    /// <param name="Symbol">What the state stands for.</param>
    /// <param name="Bits">How many bits to read.</param>
    public readonly record struct Entry(ushort Base, byte Symbol, byte Bits);
}
