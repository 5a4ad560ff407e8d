"""What a site is: its hosts, the addresses of its questions, who answers, how it is read."""
