"""Loaded by schemathesis: the hosts of the tests are on this machine, whatever its resolver says."""
from product import resolve_to_loopback

resolve_to_loopback()
