// A combination's text as a JavaScript function, as schedulers/combined.py reads it; part of chart.js.
// Null for what is refused there: the server then says why. The catalogue has each schedule's numbers as they are in a
// combination, where its peak is 1.
const SHARES_ARRIVE = 1e-12 // keeps rounding from arriving late at a part
const MOST_TOGETHER = 12
const MOST_NESTED = { parts: 24, deep: 3 }

function fromParts(text, given, between, catalogue) {
  const { groups, joins } = grouped(text)
  const multiplied = joins.has("times") || (!joins.has("then") && Boolean(named(groups[0][0], catalogue)))
  if (joins.size > 1 || !nests(text)) return null
  const parts = groups.map((group) => partOf(group, multiplied, catalogue))
  if (parts.length > MOST_TOGETHER || parts.includes(null)) return null
  const own = ({ rate, given }, t, T) => {
    const value = rate(t, T, given)
    return value >= 0 ? value : NaN // which the server refuses
  }
  if (multiplied) return (t, T, { peak }) => parts.reduce((rate, part) => rate * own(part, t, T), peak)
  if (Math.abs(parts.reduce((sum, { share }) => sum + share, 0) - 1) > 1e-9) return null
  let end = 0
  const bounds = parts.map(({ share }) => [end, (end += share)])
  return (t, T, { peak }) => {
    let index = 0
    while (index < parts.length - 1 && bounds[index][1] <= t / T + SHARES_ARRIVE) index++
    return peak * own(parts[index], Math.max(t - bounds[index][0] * T, 0), parts[index].share * T)
  }
}

const named = (name, catalogue) => Object.values(catalogue).find((schedule) => schedule.name === name)

// Says whether a text has no more parts in all, and none deeper in brackets, than the server allows.
function nests(text) {
  let [level, deepest] = [0, 0]
  for (const [found] of text.matchAll(/[()]|\bcombined\b/g)) {
    level += (found === "(") - (found === ")")
    if (found === "combined") deepest = Math.max(deepest, level + 1)
  }
  const parts = 1 + [...text.matchAll(/\b(then|times|combined)\b/g)].length
  return deepest < MOST_NESTED.deep && parts <= MOST_NESTED.parts
}

// The words of each part, and what joins them. A space in brackets parts no words.
function grouped(text) {
  const groups = [[]]
  const joins = new Set()
  let level = 0
  let word = ""
  for (const letter of `${text} `) {
    level += (letter === "(") - (letter === ")")
    if (level !== 0 || !" \t".includes(letter)) word += letter
    else if (word) {
      if (word === "then" || word === "times") {
        joins.add(word)
        groups.push([])
      } else groups.at(-1).push(word)
      word = ""
    }
  }
  return word ? { groups: [[]], joins } : { groups, joins } // a bracket without its other half
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

// The text with another value of one parameter in one part.
function withValue(text, part, name, value) {
  const { groups, joins } = grouped(text)
  const others = groups[part].filter((word) => !word.startsWith(`${name}:`))
  groups[part] = [...others, `${name}:${value}`]
  return groups.map((words) => words.join(" ")).join(` ${[...joins][0] ?? "then"} `)
}

// One part: its share, its function and its numbers; the rates that are not said keep their proportion to its peak.
function partOf(words, multiplied, catalogue) {
  const share = multiplied ? 1 : PLAIN_NUMBER.test(words[0]) ? Number(words[0]) : NaN
  const [name, ...said] = multiplied ? words : words.slice(1)
  const schedule = named(name, catalogue)
  if (!schedule || !(share >= 0 && share <= 1)) return null
  const own = {}
  const chosen = { ...schedule.chosen }
  let { text } = schedule
  for (const one of said) {
    const [, key, value] = /^(\w+):(.*)$/s.exec(one) ?? [one, ""]
    if (key && key === schedule.reads) text = unwrapped(value)
    else if (Object.hasOwn(chosen, key)) chosen[key] = value
    else if (allowed(schedule.bounds[key], value)) own[key] = Number(value)
    else return null
  }
  const given = { ...schedule.relative }
  for (const key of schedule.rates) if ("peak" in own) given[key] *= own.peak
  const { rate } = functionsOf(schedule, catalogue, chosen, text) ?? {}
  return rate ? { share, rate, given: { ...given, ...own } } : null
}

// Says whether a text is a number that a parameter may have: [least, greatest, whether it is whole].
function allowed(bounds, text) {
  const [least, most, whole] = bounds ?? []
  const form = whole ? /^[+-]?\d+$/ : PLAIN_NUMBER
  return Boolean(bounds) && form.test(text) && Number(text) >= least && Number(text) <= most
}

// Takes off the brackets around the whole of a text, if there are any.
function unwrapped(text) {
  let level = 0
  for (let place = 0; place < text.length; place++) {
    level += (text[place] === "(") - (text[place] === ")")
    if (level === 0) return place > 0 && place === text.length - 1 ? text.slice(1, -1) : text
  }
  return text
}
