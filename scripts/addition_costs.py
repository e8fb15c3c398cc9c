"""Lines that an addition takes, counted over all services: the table in `Sources/ARCHITECTURE.md`.

    python3 scripts/addition_costs.py [--services]

An operation: the files of a service's `Operations/` folder, with heads, inputs, outputs, bodies and
helpers, by the operations that they register (a registration under several names counts once). Of
these, form is what the shape asks for whatever the operation does: head, registration, input and
output. A type: a file of `Resources/` that declares exactly one, with its extensions in other files.
Code is what is left without blank lines and comments.
"""
import argparse
import pathlib
import re
import statistics

SERVICES = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "Services"
REGISTRATION = re.compile(r"\.typed\(|\bOperation\(\s*name:")
SHAPE = re.compile(r"^\s*(?:(?:private|fileprivate) )?struct \w+(?:<.*>)?: .*(?:De|En)?[cC]od")
DEFINITION = re.compile(r"\b(?:struct|final class)\s+(\w+)[^{\n]*ResourceDefinition\b")


def read(path):
    return path.read_text().splitlines()


def code(lines):
    return [line for line in lines if line.strip() and not line.strip().startswith("//")]


def form(lines):
    """Lines of code of a file's head, registrations and shapes."""
    count = depth = 0
    for line in code(lines):
        if depth == 0 and SHAPE.search(line):
            depth = line.count("{") - line.count("}")
            count += 1
        elif depth:
            depth += line.count("{") - line.count("}")
            count += 1
        elif line.startswith("import ") or REGISTRATION.search(line):
            count += 1
    return count


def operations(service):
    """(operations, lines, lines of code, lines of code that are form)."""
    found = (0, 0, 0, 0)
    for path in sorted((service / "Operations").glob("**/*.swift")):
        lines = read(path)
        here = (
            len(REGISTRATION.findall("\n".join(lines))), len(lines), len(code(lines)), form(lines))
        found = tuple(map(sum, zip(found, here)))
    return found


def types(service):
    """(name, lines, lines of code) of each type with a file of its own."""
    files = {path: read(path) for path in sorted((service / "Resources").glob("**/*.swift"))}
    for path, lines in files.items():
        names = DEFINITION.findall("\n".join(lines))
        if len(names) != 1:
            continue
        parts = [
            more for other, more in files.items()
            if other == path or other.stem.startswith(names[0] + "+")]
        yield names[0], sum(map(len, parts)), sum(len(code(part)) for part in parts)


def sentence(name, count, lines, plain, shaped):
    return (
        f"{name}: {count} operations, {lines / count:.1f} lines each ({plain / count:.1f} of code, "
        f"{shaped / count:.1f} of form)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--services", action="store_true", help="a line for each service and type")
    options = parser.parse_args()
    total, resources = (0, 0, 0, 0), []
    for service in sorted(path for path in SERVICES.iterdir() if path.is_dir()):
        counted, own = operations(service), list(types(service))
        total = tuple(map(sum, zip(total, counted)))
        resources += own
        if options.services:
            print(sentence(service.name, *counted))
            for name, lines, plain in own:
                print(f"    {name}: {lines} ({plain})")
    print(sentence("all services", *total))
    lines, plain = zip(*((lines, plain) for _, lines, plain in resources))
    print(
        f"{len(resources)} types: median {statistics.median(lines):.0f} "
        f"({statistics.median(plain):.0f}), least {min(lines)} ({min(plain)})")


if __name__ == "__main__":
    main()
