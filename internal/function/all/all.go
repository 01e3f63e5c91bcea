// Package all registers every function: import it for its effect.
package all

import (
	_ "github.com/flott/flott/internal/function/aggregate"
	_ "github.com/flott/flott/internal/function/arith"
	_ "github.com/flott/flott/internal/function/bitmap"
	_ "github.com/flott/flott/internal/function/cast"
	_ "github.com/flott/flott/internal/function/collection"
	_ "github.com/flott/flott/internal/function/compare"
	_ "github.com/flott/flott/internal/function/conditional"
	_ "github.com/flott/flott/internal/function/encode"
	_ "github.com/flott/flott/internal/function/json"
	_ "github.com/flott/flott/internal/function/logic"
	_ "github.com/flott/flott/internal/function/math"
	_ "github.com/flott/flott/internal/function/regex"
	_ "github.com/flott/flott/internal/function/system"
	_ "github.com/flott/flott/internal/function/temporal"
	_ "github.com/flott/flott/internal/function/text"
)
