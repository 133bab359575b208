// SPDX-License-Identifier: MIT
/// @file
/// Drawings as SVG, written element by element.
#pragma once

#include <alwann/core/format.hpp>

#include <string>
#include <string_view>

namespace alwann::inline ALWANN_ABI {

namespace detail {

/// Text that XML and HTML take for text, between tags and in attributes.
[[nodiscard]] inline std::string markup_escaped(std::string_view words) {
    std::string safe;
    for (const char c : words) {
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        default:
            safe += static_cast<unsigned char>(c) < 0x20 ? ' ' : c; // no control characters in XML
        }
    }
    return safe;
}

} // namespace detail

/// A drawing in pixels from the top left corner, on white.
class svg_drawing {
public:
    /// So wide and high.
    svg_drawing(double width, double height)
        : text_("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
                number(height) + "\" viewBox=\"0 0 " + number(width) + " " + number(height) +
                "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
                "fill=\"white\"/>\n") {}

    /// A line from one point to another.
    void line(double x1, double y1, double x2, double y2, std::string_view colour, double width = 1) {
        text_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
                 attribute("y2", y2) + attribute("stroke", colour) + attribute("stroke-width", width) +
                 "/>\n";
    }
    /// `design`: a name for scripts of the page around the drawing, as the attribute data-design.
    void circle(double x, double y, double radius, std::string_view colour, std::string_view title,
                std::string_view design = {}) {
        text_ += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
                 attribute("fill", colour) + (design.empty() ? "" : attribute("data-design", design)) +
                 "><title>" + detail::markup_escaped(title) + "</title></circle>\n";
    }
    /// A rectangle by its top left corner.
    void rectangle(double x, double y, double width, double height, std::string_view colour) {
        text_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
                 attribute("height", height) + attribute("fill", colour) + "/>\n";
    }
    /// `anchor`: start, middle or end. Turned by `degrees` about its place.
    void text(double x, double y, std::string_view words, std::string_view anchor = "start",
              double degrees = 0) {
        text_ += "<text" + attribute("x", x) + attribute("y", y) + attribute("text-anchor", anchor);
        if (degrees != 0) {
            text_ += " transform=\"rotate(" + number(degrees) + " " + number(x) + " " + number(y) + ")\"";
        }
        text_ += ">" + detail::markup_escaped(words) + "</text>\n";
    }
    /// An image from its data URI, its pixels as squares.
    void image(double x, double y, double width, double height, std::string_view uri) {
        text_ += "<image" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
                 attribute("height", height) + attribute("preserveAspectRatio", "none") +
                 attribute("style", "image-rendering:pixelated") + attribute("href", uri) + "/>\n";
    }

    /// The whole file.
    [[nodiscard]] std::string finish() const { return text_ + "</svg>\n"; }

private:
    [[nodiscard]] static std::string number(double value) { return format_fixed(value, 1); }
    [[nodiscard]] static std::string attribute(std::string_view name, double value) {
        return " " + std::string(name) + "=\"" + number(value) + "\"";
    }
    [[nodiscard]] static std::string attribute(std::string_view name, std::string_view value) {
        return " " + std::string(name) + "=\"" + detail::markup_escaped(value) + "\"";
    }

    std::string text_;
};

} // namespace alwann::inline ALWANN_ABI
