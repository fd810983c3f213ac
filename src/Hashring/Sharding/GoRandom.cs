namespace Hashring.Sharding;

/// <summary>
/// The generator of Go's math/rand.NewSource: additive lagged Fibonacci, x[n] = x[n-607] + x[n-273] modulo 2^64.
/// </summary>
/// <remarks>
/// System.Random cannot reproduce it, and shards drawn by anything else would differ. Source: Go src/math/rand/rng.go.
/// </remarks>
internal sealed class GoRandom
{
    private const int Length = 607;
    private const int Lag = 273;

    /// <summary>Mersenne prime 2^31 - 1, the modulus of the seeding generator.</summary>
    private const long SeedModulus = int.MaxValue;

    private readonly ulong[] _words = new ulong[Length];
    private int _tap;
    private int _feed = Length - Lag;

    public GoRandom(long seed)
    {
        seed %= SeedModulus;
        if (seed < 0) seed += SeedModulus;
        var x = seed == 0 ? 89482311 : seed; // Zero would stay zero; this is Go's replacement.
        for (var i = 0; i < 20; i++) x = Step(x);
        for (var i = 0; i < Length; i++)
        {
            var word = (ulong)(x = Step(x)) << 40;
            word ^= (ulong)(x = Step(x)) << 20;
            word ^= (ulong)(x = Step(x));
            _words[i] = word ^ (ulong)GoRandomTable.Words[i];
        }
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64()
    {
        _tap = (_tap == 0 ? Length : _tap) - 1;
        _feed = (_feed == 0 ? Length : _feed) - 1;
        return _words[_feed] += _words[_tap];
    }

    // Park and Miller's minimal standard generator with multiplier 48271; 64-bit products need no tricks against overflow.
    private static long Step(long x) => x * 48271 % SeedModulus;
}
