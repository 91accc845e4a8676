// A combination's text as a JavaScript function, as schedulers/combined.py reads it; part of chart.js.
// Null for what is refused there, and for parts that the catalogue has no function for as they are: the server draws
// those. The catalogue has each schedule's numbers as they are in a combination, where its peak is 1.
const SHARES_ARRIVE = 1e-12 // keeps rounding from arriving late at a part
const MOST_TOGETHER = 12

function fromParts(text, given, between, catalogue) {
  const { groups, joins } = grouped(text)
  const named = Object.fromEntries(Object.values(catalogue).map((schedule) => [schedule.name, schedule]))
  const multiplied = joins.has("times") || (!joins.has("then") && Object.hasOwn(named, groups[0][0] ?? ""))
  if (joins.size > 1) return null
  const parts = groups.map((group) => partOf(group, multiplied, named))
  if (parts.length > MOST_TOGETHER || parts.includes(null)) return null
  if (multiplied) return (t, T, { peak }) => parts.reduce((rate, part) => rate * part.rate(t, T, part.given), peak)
  if (Math.abs(parts.reduce((sum, { share }) => sum + share, 0) - 1) > 1e-9) return null
  let end = 0
  const bounds = parts.map(({ share }) => [end, (end += share)])
  return (t, T, { peak }) => {
    let index = 0
    while (index < parts.length - 1 && bounds[index][1] <= t / T + SHARES_ARRIVE) index++
    const { rate, share, given: own } = parts[index]
    return peak * rate(Math.max(t - bounds[index][0] * T, 0), share * T, own)
  }
}

// The words of each part, and what joins them.
function grouped(text) {
  const groups = [[]]
  const joins = new Set()
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (word === "then" || word === "times") {
      joins.add(word)
      groups.push([])
    } else groups.at(-1).push(word)
  }
  return { groups, joins }
}

// The text with another share for one part; the others have the rest, in the proportion that they have.
function reshared(text, part, share) {
  const { groups } = grouped(text)
  const others = groups.reduce((sum, [own], index) => (index === part ? sum : sum + Number(own)), 0)
  const rest = (own) => ((1 - share) * (others > 0 ? own / others : 1 / Math.max(groups.length - 1, 1))).toFixed(4)
  const shares = groups.map(([own], index) => (index === part ? share.toFixed(4) : rest(Number(own))))
  const before = shares.slice(0, -1).reduce((sum, own) => sum + Number(own), 0)
  shares[shares.length - 1] = (1 - before).toFixed(4)
  return groups.map(([, ...words], index) => [Number(shares[index]), ...words].join(" ")).join(" then ")
}

// The text with another number in one part.
function withNumber(text, part, name, value) {
  const { groups, joins } = grouped(text)
  const others = groups[part].filter((word) => !word.startsWith(`${name}:`))
  groups[part] = [...others, `${name}:${value}`]
  return groups.map((words) => words.join(" ")).join(` ${[...joins][0] ?? "then"} `)
}

// One part: its share, its function and its numbers; the rates that are not said keep their proportion to its peak.
function partOf(words, multiplied, named) {
  const share = multiplied ? 1 : Number(words[0])
  const [name, ...said] = multiplied ? words : words.slice(1)
  const schedule = Object.hasOwn(named, name ?? "") ? named[name] : null
  if (!schedule || !(share >= 0 && share <= 1)) return null
  const own = {}
  for (const one of said) {
    const [key, value, ...more] = one.split(":")
    if (!Object.hasOwn(schedule.relative, key) || !PLAIN_NUMBER.test(value) || more.length > 0) return null
    own[key] = Number(value)
  }
  const given = { ...schedule.relative }
  for (const key of schedule.rates) if ("peak" in own) given[key] *= own.peak
  const { rate } = compiled(schedule) ?? {}
  return rate ? { share, rate, given: { ...given, ...own } } : null
}
