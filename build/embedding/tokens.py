"""Writes the table of tricky texts that the TypeScript tokenizer must split as the Python one: tokens.py TOKENIZER.json TABLE.json"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
table = Path(sys.argv[2])
unknown = tokenizer.token_to_id("[UNK]")
lines = []
for text in (row["text"] for row in json.loads(table.read_text())):
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    tokens = [tokenizer.id_to_token(token) for token in ids if token != unknown]
    lines.append(f'  {{ "text": {json.dumps(text)}, "tokens": {json.dumps(tokens)} }}')
table.write_text("[\n" + ",\n".join(lines) + "\n]\n")
