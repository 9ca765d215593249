"""`python -m mayfly.provider`: what plugin/pulumi-resource-mayfly runs."""

from mayfly.provider.server import main

main()
