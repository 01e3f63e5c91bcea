package ast

// ObjectKind is a kind of catalog object.
type ObjectKind string

const (
	ObjectTable             ObjectKind = "TABLE"
	ObjectView              ObjectKind = "VIEW"
	ObjectMaterializedTable ObjectKind = "MATERIALIZED TABLE"
	ObjectCatalog           ObjectKind = "CATALOG"
	ObjectDatabase          ObjectKind = "DATABASE"
	ObjectFunction          ObjectKind = "FUNCTION"
	ObjectModel             ObjectKind = "MODEL"
	ObjectConnection        ObjectKind = "CONNECTION"
	ObjectJob               ObjectKind = "JOB" // DESCRIBE only
)

// Lifetime says where an object lives.
type Lifetime uint8

const (
	Permanent       Lifetime = iota
	Temporary                // TEMPORARY: in this session
	TemporarySystem          // TEMPORARY SYSTEM: in this session, without a catalog
)

// CreateTable is CREATE [OR REPLACE] [TEMPORARY] TABLE, REPLACE TABLE, with the
// forms LIKE, AS and plain.
type CreateTable struct {
	At
	Lifetime     Lifetime
	OrReplace    bool // CREATE OR REPLACE
	Replace      bool // REPLACE TABLE
	IfNotExists  bool
	Path         *Name
	Schema       *Schema // nil: no list
	Comment      *StringLit
	Distribution *Distribution
	PartitionBy  []Ident
	With         []*Option
	Like         *TableLike
	Query        *Query // AS query
}

// Schema is the list of elements of CREATE TABLE.
type Schema struct {
	At
	Columns     []*Column
	Watermarks  []*Watermark
	Constraints []*Constraint
}

// Column defines a column:
//
//	physical   name type
//	metadata   name type METADATA [FROM 'key'] [VIRTUAL]
//	computed   name AS expr
//	name only  name                     (CREATE TABLE … AS)
type Column struct {
	At
	Name        *Name     // compound only in MODIFY of nested fields
	Type        *DataType // physical and metadata
	Computed    Expr
	Metadata    bool
	MetadataKey *StringLit
	Virtual     bool
	Constraint  *Constraint // PRIMARY KEY or UNIQUE after the type
	Comment     *StringLit
	Position    *ColumnPosition // ALTER TABLE … ADD and MODIFY
}

// ColumnPosition is FIRST or AFTER column.
type ColumnPosition struct {
	At
	After *Name // nil: FIRST
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	At
	Column *Name
	Expr   Expr
}

// Constraint is [CONSTRAINT name] PRIMARY KEY|UNIQUE [(columns)] [[NOT] ENFORCED].
type Constraint struct {
	At
	Name        *Ident
	Primary     bool // otherwise UNIQUE
	Columns     []Ident
	Enforcement string // "", ENFORCED, NOT ENFORCED
}

// Distribution is DISTRIBUTED BY … INTO n BUCKETS.
type Distribution struct {
	At
	Kind    string // "", HASH, RANGE
	Columns []Ident
	Buckets *NumberLit
}

// TableLike is LIKE source (options).
type TableLike struct {
	At
	Source  *Name
	Options []*LikeOption
}

// LikeOption is e.g. INCLUDING ALL.
type LikeOption struct {
	At
	Merge   string // INCLUDING, EXCLUDING, OVERWRITING
	Feature string // ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, PARTITIONS, WATERMARKS
}

// CreateView is CREATE VIEW. QueryText is the query as written in the script.
type CreateView struct {
	At
	Lifetime    Lifetime
	IfNotExists bool
	Path        *Name
	Columns     []Ident
	Comment     *StringLit
	Query       *Query
	QueryText   string
}

// CreateCatalog is CREATE CATALOG.
type CreateCatalog struct {
	At
	IfNotExists bool
	Name        Ident
	Comment     *StringLit
	With        []*Option
}

// CreateDatabase is CREATE DATABASE.
type CreateDatabase struct {
	At
	IfNotExists bool
	Path        *Name
	Comment     *StringLit
	With        []*Option
}

// FunctionBody is AS 'class' [LANGUAGE …] [USING …] [WITH (…)].
type FunctionBody struct {
	At
	Class    *StringLit
	Language string // "", JAVA, SCALA, PYTHON, SQL
	Using    []*Resource
	With     []*Option
}

// Resource is JAR 'uri' or ARTIFACT 'uri'.
type Resource struct {
	At
	Kind string // JAR, FILE, ARCHIVE, ARTIFACT
	URI  *StringLit
}

// CreateFunction is CREATE FUNCTION.
type CreateFunction struct {
	At
	Lifetime    Lifetime
	IfNotExists bool
	Path        *Name
	Body        *FunctionBody
}

// CreateModel is CREATE MODEL.
type CreateModel struct {
	At
	Lifetime    Lifetime
	IfNotExists bool
	Path        *Name
	Input       []*Column
	Output      []*Column
	Comment     *StringLit
	With        []*Option
	Query       *Query
}

// CreateConnection is CREATE CONNECTION.
type CreateConnection struct {
	At
	Lifetime    Lifetime
	IfNotExists bool
	Path        *Name
	Comment     *StringLit
	With        []*Option
}

// CreateMaterializedTable is CREATE [OR ALTER] MATERIALIZED TABLE.
type CreateMaterializedTable struct {
	At
	OrAlter      bool
	Path         *Name
	Schema       *Schema
	Comment      *StringLit
	Distribution *Distribution
	PartitionBy  []Ident
	With         []*Option
	StartMode    *StartMode
	Freshness    Expr
	RefreshMode  string // "", FULL, CONTINUOUS
	Query        *Query
}

// StartMode is START_MODE = kind[(arg)].
type StartMode struct {
	At
	Kind string // FROM_BEGINNING, FROM_NOW, …
	Arg  Expr
}

// Drop is DROP kind [IF EXISTS] path.
type Drop struct {
	At
	Kind     ObjectKind
	Lifetime Lifetime
	IfExists bool
	Path     *Name
	Behavior string // "", RESTRICT, CASCADE: databases only
}

// Alter is ALTER kind [IF EXISTS] path action.
type Alter struct {
	At
	Kind     ObjectKind
	Lifetime Lifetime
	IfExists bool
	Path     *Name
	Action   AlterAction
}

// AlterAction is what an Alter does.
type AlterAction interface {
	Node
	action()
}

// RenameTo is RENAME TO path.
type RenameTo struct {
	At
	To *Name
}

// RenameColumn is RENAME from TO to.
type RenameColumn struct {
	At
	From, To *Name
}

// SetOptions is SET ('k' = 'v', …).
type SetOptions struct {
	At
	Options []*Option
}

// ResetOptions is RESET ('k', …).
type ResetOptions struct {
	At
	Keys []*StringLit
}

// SetComment is COMMENT 's'.
type SetComment struct {
	At
	Comment *StringLit
}

// AddElements is ADD elements.
type AddElements struct {
	At
	Schema       *Schema
	Distribution *Distribution
}

// ModifyElements is MODIFY elements.
type ModifyElements struct {
	At
	Schema       *Schema
	Distribution *Distribution
}

// DropColumns is DROP column, or DROP (column, …).
type DropColumns struct {
	At
	Columns []*Name
}

// DropPart is DROP PRIMARY KEY, CONSTRAINT name, WATERMARK or DISTRIBUTION.
type DropPart struct {
	At
	Part       string // PRIMARY KEY, CONSTRAINT, WATERMARK, DISTRIBUTION
	Constraint *Ident
}

// AddPartitions is ADD [IF NOT EXISTS] PARTITION (…) [WITH (…)] …
type AddPartitions struct {
	At
	IfNotExists bool
	Partitions  []*PartitionSpec
}

// PartitionSpec is PARTITION (k = v, …) [WITH (…)].
type PartitionSpec struct {
	At
	Values []*PartitionValue
	With   []*Option
}

// DropPartitions is DROP [IF EXISTS] PARTITION (…), …
type DropPartitions struct {
	At
	IfExists   bool
	Partitions []*PartitionSpec
}

// SetQuery is AS query. QueryText is the query as written.
type SetQuery struct {
	At
	Query     *Query
	QueryText string
}

// SetBody is AS 'class' … of ALTER FUNCTION.
type SetBody struct {
	At
	Body *FunctionBody
}

// Suspend is SUSPEND of a materialized table.
type Suspend struct{ At }

// Resume is RESUME [WITH (…)].
type Resume struct {
	At
	With []*Option
}

// Refresh is REFRESH [PARTITION (…)].
type Refresh struct {
	At
	Partition []*PartitionValue
}

// SetFreshness is SET FRESHNESS = interval.
type SetFreshness struct {
	At
	Freshness Expr
}

// SetRefreshMode is SET REFRESH_MODE = FULL|CONTINUOUS.
type SetRefreshMode struct {
	At
	Mode string
}

func (*RenameTo) action()       {}
func (*RenameColumn) action()   {}
func (*SetOptions) action()     {}
func (*ResetOptions) action()   {}
func (*SetComment) action()     {}
func (*AddElements) action()    {}
func (*ModifyElements) action() {}
func (*DropColumns) action()    {}
func (*DropPart) action()       {}
func (*AddPartitions) action()  {}
func (*DropPartitions) action() {}
func (*SetQuery) action()       {}
func (*SetBody) action()        {}
func (*Suspend) action()        {}
func (*Resume) action()         {}
func (*Refresh) action()        {}
func (*SetFreshness) action()   {}
func (*SetRefreshMode) action() {}

func (*CreateTable) statement()             {}
func (*CreateView) statement()              {}
func (*CreateCatalog) statement()           {}
func (*CreateDatabase) statement()          {}
func (*CreateFunction) statement()          {}
func (*CreateModel) statement()             {}
func (*CreateConnection) statement()        {}
func (*CreateMaterializedTable) statement() {}
func (*Drop) statement()                    {}
func (*Alter) statement()                   {}
