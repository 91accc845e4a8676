// Loads Plotly once for the whole page, from the place this page's own scripts came from (so that a base path holds).
function loadPlotly(file) {
  if (window.Plotly) return Promise.resolve(window.Plotly)
  window.ratescopePlotly ??= new Promise((resolve, reject) => {
    const own = document.querySelector('script[src*="static/js/"]')
    const root = own ? new URL("../../", own.src) : document.baseURI
    const script = document.createElement("script")
    script.src = new URL(`app/static/${file}`, root).href
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => {
      window.ratescopePlotly = undefined // so that the next chart tries again
      script.remove()
      reject(new Error(`no ${script.src}`))
    }
    document.head.appendChild(script)
  })
  return window.ratescopePlotly
}
