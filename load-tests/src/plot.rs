//! Bars, drawn as SVG: no more is needed to see who is ahead.

use std::fmt::Write as _;

use crate::report::number;

const WIDTH: f64 = 760.0;
/// Where the bars begin; the names stand before.
const LEFT: f64 = 250.0;
/// What the figures behind the bars need.
const RIGHT: f64 = 90.0;
const TOP: f64 = 56.0;
const ROW: f64 = 28.0;
const BAR: f64 = 18.0;
const INK: &str = "#1f2933";
const OURS: &str = "#2563a8";
const OTHERS: &str = "#a9b4c0";

/// A picture of some figures of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    /// The name of its file, without ending.
    pub(crate) name: &'static str,
    title: String,
    unit: &'static str,
    bars: Vec<(String, f64)>,
}

impl Plot {
    pub(crate) fn new(name: &'static str, title: &str, unit: &'static str) -> Self {
        Self { name, title: title.to_owned(), unit, bars: Vec::new() }
    }

    /// One more bar, below the others. Whoever is called `hub…` is shown as ours.
    pub(crate) fn push(&mut self, name: impl Into<String>, figure: f64) {
        self.bars.push((name.into(), figure));
    }

    pub(crate) fn svg(&self) -> String {
        let longest = self.bars.iter().map(|(_, figure)| *figure).fold(f64::EPSILON, f64::max);
        let mut rows = String::new();
        let mut top = TOP;
        for (name, figure) in &self.bars {
            rows += &bar(top, name, *figure, figure / longest);
            top += ROW;
        }
        let (title, unit, height) = (escape(&self.title), escape(self.unit), top + 12.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{INK}\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"600\">{title}</text>\n\
             <text x=\"12\" y=\"40\" fill=\"#5b6875\">{unit}</text>\n{rows}</svg>\n"
        )
    }
}

fn bar(top: f64, name: &str, figure: f64, share: f64) -> String {
    let length = (share * (WIDTH - LEFT - RIGHT)).max(1.0);
    let colour = if name.starts_with("hub") { OURS } else { OTHERS };
    let base = top + BAR - 5.0;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
         <rect x=\"{LEFT}\" y=\"{top}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\
         <text x=\"{:.1}\" y=\"{base}\">{}</text>",
        LEFT - 8.0,
        escape(name),
        LEFT + length + 6.0,
        number(figure)
    );
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_width_and_the_others_are_a_part_of_it() {
        let mut plot = Plot::new("room", "One room", "CPU s per million");
        plot.push("floor", 4.0);
        plot.push("hub <8>", 1.0);
        let svg = plot.svg();
        assert!(svg.contains("width=\"420.0\"") && svg.contains("width=\"105.0\""), "{svg}");
        assert!(svg.contains("hub &lt;8&gt;") && svg.contains(OURS), "{svg}");
    }
}
