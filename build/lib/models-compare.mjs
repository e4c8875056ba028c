const FIELDS = {
  context: (model) => model.limit.context,
  output: (model) => model.limit.output,
  input: (model) => model.modalities.input.toSorted().join('+'),
  tools: (model) => model.tool_call,
  reasoning: (model) => model.reasoning,
  price: (model) => model.cost && `${model.cost.input}/${model.cost.output}`,
}

/** How our catalogue agrees with models.dev's own, in words: models of one side only, and fields that differ. */
export function compareModels(ours, theirs) {
  const lines = []
  for (const [id, { models }] of Object.entries(ours)) {
    const known = theirs[id]?.models ?? {}
    const both = Object.keys(models).filter((name) => known[name] !== undefined)
    const missing = Object.keys(known).filter((name) => models[name] === undefined)
    const fields = Object.entries(FIELDS).map(([field, read]) => {
      const differ = both.filter((name) => read(models[name]) !== read(known[name]))
      return differ.length === 0
        ? ''
        : ` ${field}: ${differ.slice(0, 3).map((name) => `${name} ${read(models[name])}≠${read(known[name])}`)}${differ.length > 3 ? ` and ${differ.length - 3} more` : ''};`
    })
    lines.push(
      `${id}: ${Object.keys(models).length} here, ${Object.keys(known).length} there, ${both.length} in both.${fields.join('')}`,
      `  only there, with tools: ${missing.filter((name) => known[name].tool_call).join(' ') || 'none'}`,
    )
  }
  return `${lines.join('\n')}\n`
}
