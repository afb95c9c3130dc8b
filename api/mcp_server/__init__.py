"""The knowledge as tools for other people's models, by the Model Context Protocol: over stdio and over HTTP."""
