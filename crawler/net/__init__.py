"""The way over the network: connections, exact bytes, robots.txt, and a fair pace."""
