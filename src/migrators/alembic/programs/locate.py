"""Looks around in the app's container; the arguments are oakum_locate's."""

from oakum_errors import run
from oakum_locate import locate


def main(arguments):
    run(locate, arguments)
