"""Moving over from other programs: their folder goes in, a home of ours comes out, the original stays."""
