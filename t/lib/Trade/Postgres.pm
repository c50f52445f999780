package Trade::Postgres;

# A PostgreSQL server in a folder of its own, on a unix socket there, and
# databases in it.  It refuses to be run by root: postgres runs it then.

use strict;
use warnings;

use Trade::Process qw(slurp wait_for);

# new(dir => folder)
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self }, $class;
    my ($bin) = map { s{/initdb$}{}r } sort glob '/usr/lib/postgresql/*/bin/initdb';
    die "no PostgreSQL: make deps\n" unless $bin;
    $self->{bin} = $bin;

    mkdir $self->{dir} or die "$self->{dir}: $!\n";
    if (!$>) {
        my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
        chown $uid, $gid, $self->{dir};
        $self->{as} = ['setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups'];
    }

    my $init = $self->_process('initdb', '-D', "$self->{dir}/data", '-A', 'trust',
        '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync');
    $init->wait_end(60) && $init->{status} == 0
        or die 'initdb: ' . slurp("$self->{dir}.log");
    $self->start;
    return $self;
}

sub _process {
    my ($self, $program, @args) = @_;
    return Trade::Process->new(log => "$self->{dir}.log", cwd => $self->{dir},
        command => [@{ $self->{as} || [] }, "$self->{bin}/$program", @args]);
}

# fsync only matters where the machine dies; that is not tested.
sub start {
    my ($self) = @_;
    $self->{process} = $self->_process('postgres', '-D', "$self->{dir}/data",
        '-k', $self->{dir}, '-h', '', '-F');
    wait_for(sub { !system "$self->{bin}/pg_isready", '-q', '-h', $self->{dir} },
        60, 0.05)
        or die 'PostgreSQL did not start: ' . slurp("$self->{dir}.log");
    return $self;
}

# Disconnects its clients; QUIT is as good as a crash.
sub stop { my ($self, $signal) = @_; $self->{process}->stop($signal // 'INT', 20) }

# A connection string.
sub conninfo {
    my ($self, $database) = @_;
    return "host=$self->{dir} user=postgres dbname=$database";
}

# Makes a database, from a file of SQL.
sub create {
    my ($self, $database, $file) = @_;
    $self->query('postgres', "CREATE DATABASE $database");
    $self->_psql($database, '-f', $file);
    return $self->conninfo($database);
}

# The rows, each a list; dies on errors.
sub query {
    my ($self, $database, $sql) = @_;
    return map { [split /\x1f/, $_, -1] }
        split /\x1e/, $self->_psql($database, '-c', $sql);
}

sub _psql {
    my ($self, $database, @args) = @_;
    open my $psql, '-|', 'psql', '-qXAt', '-F', "\x1f", '-R', "\x1e",
        '-v', 'ON_ERROR_STOP=1', '-d', $self->conninfo($database), @args
        or die "psql: $!\n";
    my $out = do { local $/; <$psql> } // '';
    close $psql or die "psql: @args\n";
    chomp $out;
    return $out;
}

1;
