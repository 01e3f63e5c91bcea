package ast

// Statement is one statement of a script.
type Statement interface {
	Node
	statement()
}

// QueryStatement is a query as a statement; Execute is set for EXECUTE query.
type QueryStatement struct {
	At
	Execute bool
	Query   *Query
}

// Insert is INSERT INTO or INSERT OVERWRITE.
type Insert struct {
	At
	Execute    bool // EXECUTE INSERT
	Overwrite  bool
	Upsert     bool // UPSERT INTO
	Target     *Name
	Hints      []*Hint
	Partition  []*PartitionValue
	Columns    []*Name // nil: all, in order
	Query      *Query
	OnConflict string // ERROR, NOTHING, DEDUPLICATE; "" if not written
}

// PartitionValue is k = value, or k alone, in PARTITION (…).
type PartitionValue struct {
	At
	Key   Ident
	Value Expr // nil: not written
}

// StatementSet is [EXECUTE] STATEMENT SET BEGIN … END, or the client's
// BEGIN STATEMENT SET; … END.
type StatementSet struct {
	At
	Execute bool
	Client  bool // BEGIN STATEMENT SET; … END
	Inserts []*Insert
}

// Update is UPDATE t SET … [WHERE …].
type Update struct {
	At
	Target *Name
	Hints  []*Hint
	Alias  *Ident
	Set    []*Assignment
	Where  Expr
}

// Assignment is column = value.
type Assignment struct {
	At
	Column *Name
	Value  Expr
}

// Delete is DELETE FROM t [WHERE …].
type Delete struct {
	At
	Target *Name
	Hints  []*Hint
	Alias  *Ident
	Where  Expr
}

// Merge is MERGE INTO t USING s ON … WHEN …
type Merge struct {
	At
	Target *Name
	Alias  *Ident
	Source TableExpr
	On     Expr
	// Update is WHEN MATCHED THEN UPDATE SET …, Columns and Values are WHEN NOT
	// MATCHED THEN INSERT (columns) VALUES (values).
	Update  []*Assignment
	Columns []*Name
	Values  []Expr
}

// Truncate is TRUNCATE TABLE t.
type Truncate struct {
	At
	Path *Name
}

// CallStatement is CALL procedure(args).
type CallStatement struct {
	At
	Call *Call
}

// Explain is EXPLAIN [PLAN FOR | details] statement.
type Explain struct {
	At
	Details   []string // ESTIMATED_COST, CHANGELOG_MODE, JSON_EXECUTION_PLAN, PLAN_ADVICE
	Statement Statement
}

// CompilePlan is COMPILE PLAN or, with Execute, COMPILE AND EXECUTE PLAN.
type CompilePlan struct {
	At
	Execute     bool
	File        *StringLit
	IfNotExists bool
	Statement   Statement // Insert or StatementSet
}

// ExecutePlan is EXECUTE PLAN 'file'.
type ExecutePlan struct {
	At
	File *StringLit
}

// Describe is DESCRIBE [kind] [EXTENDED] path. For a job, Job is set instead of Path.
type Describe struct {
	At
	Kind     ObjectKind // ObjectTable stands for tables and views
	Extended bool
	Path     *Name
	Job      *StringLit
}

// Analyze is ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR …].
type Analyze struct {
	At
	Path       *Name
	Partition  []*PartitionValue
	Columns    []Ident
	AllColumns bool
}

// ShowKind is what SHOW lists, in upper case.
type ShowKind string

const (
	ShowCatalogs           ShowKind = "CATALOGS"
	ShowCurrentCatalog     ShowKind = "CURRENT CATALOG"
	ShowDatabases          ShowKind = "DATABASES"
	ShowCurrentDatabase    ShowKind = "CURRENT DATABASE"
	ShowTables             ShowKind = "TABLES"
	ShowViews              ShowKind = "VIEWS"
	ShowMaterializedTables ShowKind = "MATERIALIZED TABLES"
	ShowColumns            ShowKind = "COLUMNS"
	ShowPartitions         ShowKind = "PARTITIONS"
	ShowFunctions          ShowKind = "FUNCTIONS"
	ShowUserFunctions      ShowKind = "USER FUNCTIONS"
	ShowProcedures         ShowKind = "PROCEDURES"
	ShowModels             ShowKind = "MODELS"
	ShowModules            ShowKind = "MODULES"
	ShowFullModules        ShowKind = "FULL MODULES"
	ShowJars               ShowKind = "JARS"
	ShowJobs               ShowKind = "JOBS"
	ShowConnections        ShowKind = "CONNECTIONS"
)

// Show is SHOW kind [{FROM|IN} path] [[NOT] {LIKE|ILIKE} 'pattern'].
type Show struct {
	At
	Kind      ShowKind
	From      *Name  // for PARTITIONS the table
	Prep      string // FROM or IN, as written
	Not       bool
	LikeKind  LikeKind // "" without a pattern
	Pattern   *StringLit
	Partition []*PartitionValue
}

// ShowCreate is SHOW CREATE kind path.
type ShowCreate struct {
	At
	Kind    ObjectKind
	OrAlter bool
	Path    *Name
}

// Use is USE [CATALOG] path.
type Use struct {
	At
	Catalog bool
	Path    *Name
}

// UseModules is USE MODULES a, b.
type UseModules struct {
	At
	Names []Ident
}

// Set is SET, or SET 'key' = 'value'. Both are nil for the bare form.
type Set struct {
	At
	Key, Value *StringLit
}

// Reset is RESET, or RESET 'key'.
type Reset struct {
	At
	Key *StringLit // nil: everything
}

// SystemOption is ALTER SYSTEM|SESSION SET name = value, or RESET name.
type SystemOption struct {
	At
	Scope string // SYSTEM or SESSION
	Name  *Name  // nil: RESET ALL
	Value Expr   // nil: RESET
}

// LoadModule is LOAD MODULE name [WITH (…)].
type LoadModule struct {
	At
	Name    Ident
	Options []*Option
}

// UnloadModule is UNLOAD MODULE name.
type UnloadModule struct {
	At
	Name Ident
}

// Jar is ADD JAR 'uri' or REMOVE JAR 'uri'.
type Jar struct {
	At
	Remove bool
	URI    *StringLit
}

// StopJob is STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
type StopJob struct {
	At
	ID        *StringLit
	Savepoint bool
	Drain     bool
}

// Command is a command of the SQL client: HELP, QUIT, EXIT or CLEAR.
type Command struct {
	At
	Word string
}

func (*QueryStatement) statement() {}
func (*Insert) statement()         {}
func (*StatementSet) statement()   {}
func (*Update) statement()         {}
func (*Delete) statement()         {}
func (*Merge) statement()          {}
func (*Truncate) statement()       {}
func (*CallStatement) statement()  {}
func (*Explain) statement()        {}
func (*CompilePlan) statement()    {}
func (*ExecutePlan) statement()    {}
func (*Describe) statement()       {}
func (*Analyze) statement()        {}
func (*Show) statement()           {}
func (*ShowCreate) statement()     {}
func (*Use) statement()            {}
func (*UseModules) statement()     {}
func (*Set) statement()            {}
func (*Reset) statement()          {}
func (*SystemOption) statement()   {}
func (*LoadModule) statement()     {}
func (*UnloadModule) statement()   {}
func (*Jar) statement()            {}
func (*StopJob) statement()        {}
func (*Command) statement()        {}
