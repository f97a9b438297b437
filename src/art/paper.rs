//! The colours of paper: four reds for gifts, and the papers without colour for what cannot be trusted or is over.

/// The four reds an issuer can choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colourway {
    /// Bright red, the usual one.
    #[default]
    Cinnabar,
    /// Red towards blue.
    Crimson,
    /// Red towards orange.
    Vermilion,
    /// Dark red.
    Garnet,
}

impl Colourway {
    /// All four, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Cinnabar, Self::Crimson, Self::Vermilion, Self::Garnet];

    /// The red that an issuer named; every other name is the usual one.
    #[must_use]
    pub fn named(theme: Option<&str>) -> Self {
        match theme {
            Some("crimson") => Self::Crimson,
            Some("vermilion") => Self::Vermilion,
            Some("garnet") => Self::Garnet,
            _ => Self::Cinnabar,
        }
    }
}

/// What an envelope is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    /// A gift, in one of the reds.
    Gift(Colourway),
    /// Grey: somebody changed the file.
    Grey,
    /// Kraft: nobody vouches for the issuer.
    Kraft,
    /// Faded red: expired, withdrawn or used up.
    Faded,
}

impl Default for Paper {
    fn default() -> Self {
        Self::Gift(Colourway::default())
    }
}

/// The colours of one paper, each as `#RRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaperColours {
    /// Flap, at the hinge.
    pub flap_top: &'static str,
    /// Flap, at its tip.
    pub flap_bottom: &'static str,
    /// Body, top.
    pub body_top: &'static str,
    /// Body, bottom.
    pub body_bottom: &'static str,
    /// Edge of the flap.
    pub edge: &'static str,
    /// Lines of the guilloche.
    pub line: &'static str,
    /// Title and greeting.
    pub text: &'static str,
    /// Small text, on the body only.
    pub small_text: &'static str,
}

const fn gift(reds: [&'static str; 4]) -> PaperColours {
    let [flap_top, flap_bottom, body_top, body_bottom] = reds;
    PaperColours {
        flap_top,
        flap_bottom,
        body_top,
        body_bottom,
        edge: "#F2CF84",
        line: "#FBDD98",
        text: "#FFF1CF",
        small_text: "#FCE7B4",
    }
}

const fn dead(papers: [&'static str; 4], edge: &'static str, line: &'static str, text: &'static str) -> PaperColours {
    let [flap_top, flap_bottom, body_top, body_bottom] = papers;
    PaperColours { flap_top, flap_bottom, body_top, body_bottom, edge, line, text, small_text: text }
}

impl Paper {
    /// The colours of this paper.
    pub const fn colours(self) -> PaperColours {
        match self {
            Self::Gift(Colourway::Cinnabar) => gift(["#C1151E", "#CC2028", "#B0111A", "#990B15"]),
            Self::Gift(Colourway::Crimson) => gift(["#B4122A", "#BE1B33", "#9E0D25", "#87081D"]),
            Self::Gift(Colourway::Vermilion) => gift(["#BC2817", "#C5311C", "#AE2112", "#95170B"]),
            Self::Gift(Colourway::Garnet) => gift(["#98121F", "#A31826", "#830C19", "#6E0713"]),
            Self::Grey => dead(["#A3ABA8", "#AEB5B2", "#949C99", "#868E8B"], "#6E7673", "#59615E", "#1F2624"),
            Self::Kraft => dead(["#CFAF86", "#D6B88F", "#C6A479", "#BA976B"], "#97733F", "#8E6A3C", "#3E2C16"),
            Self::Faded => dead(["#DDAFA8", "#E3B9B3", "#D5A39C", "#C9948D"], "#B97E77", "#A96A63", "#5A1D22"),
        }
    }

    /// Whether it is a gift in its full colour.
    pub const fn is_gift(self) -> bool {
        matches!(self, Self::Gift(_))
    }
}
