// A curve through points in the browser, for the chart and for the board on which its points are dragged; part of chart.js.
const MOST_DRAWN = 32
const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

// The rates of points that are written as the server has them, 0:0.04 0.3:1 1:0; null where they make no curve.
function fromPoints(text, given, between) {
  const parts = text.trim().split(/\s+/).map((point) => point.split(":"))
  if (parts.some((part) => part.length !== 2 || !part.every((number) => PLAIN_NUMBER.test(number)))) return null
  const points = parts.map((part) => part.map((number) => Number(Number(number).toFixed(4))))
  const allowed = points.every((point) => point.every((number) => number >= 0 && number <= 1))
  const rising = points.every(([share], index) => index === 0 || share > points[index - 1][0])
  if (!allowed || !rising || points.length < 2 || points.length > MOST_DRAWN) return null
  const at = interpolated(points, between)
  return (t, T, { peak }) => peak * clamp(at(t / T), 0, 1)
}

// The height at a share of the run, as schedulers/drawn.py has it.
function interpolated(points, between) {
  const shares = points.map((point) => point[0])
  const heights = points.map((point) => point[1])
  const slopes = between === "monotone" ? monotoneSlopes(shares, heights) : null
  return (share) => {
    const p = clamp(share, shares[0], shares[shares.length - 1])
    let left = 0
    while (left < shares.length - 2 && shares[left + 1] <= p) left++
    const width = shares[left + 1] - shares[left]
    const u = (p - shares[left]) / width
    const [low, high] = [heights[left], heights[left + 1]]
    if (between === "linear") return low + (high - low) * u
    if (between === "cosine") return low + ((high - low) * (1 - Math.cos(Math.PI * u))) / 2
    return (
      low * (1 + 2 * u) * (1 - u) ** 2 + width * slopes[left] * u * (1 - u) ** 2 +
      high * u ** 2 * (3 - 2 * u) + width * slopes[left + 1] * u ** 2 * (u - 1)
    )
  }
}

function monotoneSlopes(shares, heights) {
  const width = shares.slice(1).map((share, index) => share - shares[index])
  const slope = width.map((one, index) => (heights[index + 1] - heights[index]) / one)
  if (slope.length === 1) return [slope[0], slope[0]]
  const end = (one, two, near, far) => {
    const found = ((2 * one + two) * near - one * far) / (one + two)
    if (found * near <= 0) return 0
    return near * far <= 0 && Math.abs(found) > 3 * Math.abs(near) ? 3 * near : found
  }
  const last = slope.length - 1
  const inner = slope.slice(1).map((after, index) => {
    const before = slope[index]
    if (before * after <= 0) return 0
    const first = 2 * width[index + 1] + width[index]
    const second = width[index + 1] + 2 * width[index]
    return (first + second) / (first / before + second / after)
  })
  return [end(width[0], width[1], slope[0], slope[1]), ...inner, end(width[last], width[last - 1], slope[last], slope[last - 1])]
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high)
const short = (value) => String(Number(value.toFixed(4)))
const writtenPoints = (points) => points.map(([share, height]) => `${short(share)}:${short(height)}`).join(" ")
