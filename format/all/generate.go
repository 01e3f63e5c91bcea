package all

//go:generate go run ../../tools/genimports
