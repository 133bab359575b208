#!/usr/bin/env python3
"""Validates a results.json against docs/results.schema.json; exit status 77 without python3-jsonschema.

    check_results.py SCHEMA RESULTS
"""

import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

with open(sys.argv[1]) as schema_file, open(sys.argv[2]) as results_file:
    schema, results = json.load(schema_file), json.load(results_file)
validator = jsonschema.Draft7Validator(schema)
validator.check_schema(schema)
problems = [f"{'/'.join(map(str, problem.absolute_path))}: {problem.message}" for problem in validator.iter_errors(results)]

# The schema's own teeth: each required key is missed when it is taken away.
for key in schema["required"]:
    if validator.is_valid({k: v for k, v in results.items() if k != key}):
        problems.append(f"a document without '{key}' passes")
for key in schema["definitions"]["design"]["required"]:
    broken = json.loads(json.dumps(results))
    del broken["front"][0][key]
    if validator.is_valid(broken):
        problems.append(f"a design without '{key}' passes")

layers = len(results["network"]["macs"])
exact = max(results["library"], key=lambda each: (each["mae"] == 0, each["power_mw"] or 0))
for design in results["front"]:
    if len(design["layer_snr_db"]) != layers:
        problems.append(f"{len(design['layer_snr_db'])} signals to noise for {layers} layers")
    if all(name == exact["name"] for name in design["layers"]) and any(each is not None for each in design["layer_snr_db"]):
        problems.append(f"noise in the exact design: {design['layer_snr_db']}")
for design in results["front"] + results["uniform"]:
    if [design["tiles"][tile] for tile in design["mapping"]] != design["layers"] or len(design["layers"]) != layers:
        problems.append(f"layers {design['layers']} are not what tiles and mapping say")
names = [each["name"] for each in results["library"]]
searched = {tuple(names[i] for i in design["multipliers"]): design for design in results["evaluated"]}
if not len(searched) == len(results["evaluated"]) == results["evaluations"]:
    problems.append(f"{len(searched)} different designs listed, {results['evaluations']} evaluated")
for design in results["front"] + results["uniform"]:
    found = searched.get(tuple(design["layers"]))
    if found is None or abs(found["relative_energy"] - design["relative_energy"]) > 1e-9:
        problems.append(f"{design['layers']} is not as among the evaluated designs: {found}")
print("\n".join(problems) or "valid")
sys.exit(1 if problems else 0)
