// For japicmp: leaves out the classes of internal packages, which promise nothing.
jApiClasses.removeIf { Status.of(it) == "INTERNAL" }
return jApiClasses

/** The status of a package as its package-info says it, in the last release if the class was there. */
class Status {
    static String of(type) {
        def found = (type.oldClass.present ? type.oldClass : type.newClass).get()
        def packageInfo = found.classPool.getOrNull("${found.packageName}.package-info")
        def annotations = packageInfo?.classFile2?.getAttribute("RuntimeVisibleAnnotations")
        return annotations?.getAnnotation("org.apiguardian.api.API")?.getMemberValue("status")?.value
    }
}
