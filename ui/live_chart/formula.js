// A visitor's formula of t, T and p as a JavaScript function, so that it is drawn before the server answers; part of
// chart.js. Only the notation is translated, sign by sign; null for what the two languages compute differently (// and %)
// and for all that is no formula: the server then says what is wrong with it.
const SIGNS = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-z]\w*)|(\*\*|[<>=!]=|[-+*/(),<>]))\s*/iy
const MEANINGS = {
  t: "t", T: "T", p: "(t / T)", pi: "Math.PI", where: "((test, yes, no) => (test ? yes : no))",
  ...Object.fromEntries(["abs", "ceil", "cos", "exp", "floor", "log", "max", "min", "sin", "sqrt", "tanh"].map((name) => [name, `Math.${name}`])),
}

const VALUES = { where: 3, max: 2, min: 2 } // how many each function takes; the others one

function fromFormula(text, given) {
  const names = { ...MEANINGS, ...Object.fromEntries(Object.keys(given).map((name) => [name, `given.${name}`])) }
  const parts = []
  const open = [{}] // the brackets around, each with the function that it belongs to
  let called = null // a function whose bracket comes next
  let ended = false // whether a value has just ended
  SIGNS.lastIndex = 0
  while (SIGNS.lastIndex < text.length) {
    const [, number, name, sign] = SIGNS.exec(text) ?? []
    if (!(number ?? name ?? sign) || (name && !Object.hasOwn(names, name)) || (called && sign !== "(")) return null
    const inside = open.at(-1)
    if (number || name || sign === "(") {
      if (ended) return null
      if (sign) open.push({ called, values: 1, compared: 0 })
      called = name && isFunction(name) ? name : null
      ended = !sign && !called
    } else if (sign === ")" || sign === ",") {
      if (!ended || open.length === 1 || (sign === "," && !inside.called)) return null
      inside.compared = 0
      if (sign === ",") inside.values += 1
      else if (!takes(open.pop())) return null
      ended = sign === ")"
    } else {
      if (!ended && !"+-".includes(sign)) return null
      if (/[<>=]/.test(sign)) inside.compared = (inside.compared ?? 0) + 1
      if (inside.compared > 1) return null // one compares two values, here and there
      ended = false
    }
    parts.push(name ? names[name] : number ?? sign)
  }
  if (!ended || open.length > 1) return null
  try {
    return new Function("t", "T", "given", `"use strict"; return ${parts.join(" ")}`)
  } catch {
    return null // such as -2 ** 2, or a page that forbids compiling
  }
}

const isFunction = (name) => name === "where" || (name !== "pi" && Boolean(MEANINGS[name]?.startsWith("Math.")))

const takes = ({ called, values }) => values === (VALUES[called] ?? 1)
