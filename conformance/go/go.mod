module parlel/conformance/checks

go 1.26.0
