"""A public server is attacked, on loopback, with deploy/nginx.conf in front and without it."""
