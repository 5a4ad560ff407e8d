"""Small files that unpack to gigabytes, or have a million of something: what an import takes."""
