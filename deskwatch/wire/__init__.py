"""What every part that talks to others over the network needs: a time limit that also holds against drips."""
