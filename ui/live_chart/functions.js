// The functions (t, T, given) => number that draw a curve, from what the server tells of it; part of chart.js.

// What the text of a curve of one's own says, as functions (t, T, given) => rate; null where it says nothing.
const READERS = { formula: fromFormula, points: fromPoints, segments: fromParts }

// The functions of one curve; none where the page forbids compiling, and the curve then moves on release.
function compiled(curve, catalogue = {}) {
  if (curve.reads) {
    const rate = READERS[curve.reads](curve.text, curve.given, curve.between, catalogue)
    return rate ? { rate } : {}
  }
  try {
    const made = ["rate", "momentum"].filter((what) => curve[what]).map((what) => [what, new Function(`return ${curve[what]}`)()])
    return Object.fromEntries(made)
  } catch (error) {
    console.warn(error)
    return undefined
  }
}

// The functions of a schedule of the catalogue by its choices and its text, or as it begins; undefined where those are
// none of its own.
function functionsOf(schedule, catalogue, chosen = schedule.chosen, text = schedule.text) {
  if (schedule.reads) return compiled({ ...schedule, text, between: chosen.between }, catalogue)
  const variant = schedule.variants[Object.values(chosen).join(" ")]
  return variant && compiled(variant)
}
